-- purpose: a term is decided anew
-- grain: one term
-- key: term
update ref.skill_term as t
set
    skill_key = %(skill_key)s,
    method = %(method)s,
    score = %(score)s,
    matched_label = %(matched_label)s,
    matcher_version = %(matcher_version)s,
    decided_at = now()
where t.term = %(term)s;
