-- purpose: end a role's membership of a reader role
-- grain: none
-- key: none
revoke "{reader}" from "{role}";
