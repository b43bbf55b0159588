-- purpose: take back an alias that was added here
-- grain: one term
-- key: term
delete from ref.skill_alias as a
where a.term = %(term)s and a.origin = 'curated';
