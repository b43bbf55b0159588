-- purpose: skills of occupations whose weight or is_required disagrees with their shares
-- grain: one skill of one occupation
-- key: isco_code, skill_key
select
    s.isco_code,
    s.skill_key
from mart.occupation_skill as s
where
    s.is_required <> (s.weight >= 0.25)
    or s.weight <> case
        when s.is_essential then 1
        else greatest(coalesce(s.reference_share, 0), coalesce(s.vacancy_share, 0))
    end
