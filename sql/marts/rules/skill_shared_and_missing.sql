-- purpose: paths that name a skill as shared and as missing
-- grain: one pair of occupations
-- key: from_isco_code, to_isco_code
select
    p.from_isco_code,
    p.to_isco_code
from mart.pathway as p
where p.skills_shared && p.skills_missing
