-- purpose: keep what a term means; one that was decided meanwhile stays
-- grain: one term
-- key: term
insert into ref.skill_term (term, skill_key, method, score, matched_label, matcher_version)
values (%(term)s, %(skill_key)s, %(method)s, %(score)s, %(matched_label)s, %(matcher_version)s)
on conflict (term) do nothing;
