-- purpose: paths from an occupation to itself
-- grain: one pair of occupations
-- key: from_isco_code, to_isco_code
select
    p.from_isco_code,
    p.to_isco_code
from mart.pathway as p
where p.from_isco_code = p.to_isco_code
