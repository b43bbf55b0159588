-- purpose: remove a login role that read
-- grain: none
-- key: none
drop role "{role}";
