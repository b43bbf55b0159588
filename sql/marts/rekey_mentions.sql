-- purpose: the keys that skills count under from now on
-- grain: one framework, code and name in one group of marts
-- key: mart_group, framework, skill_code, name
update mart.skill_mention as m
set skill_key = mart.skill_key(m.framework, m.skill_code, m.name)
where
    m.mart_group = %(mart_group)s
    and m.skill_key is distinct from mart.skill_key(m.framework, m.skill_code, m.name);
