-- purpose: take in the aliases that Arna brings
-- grain: one alias
-- key: term
copy built_in_alias (term, language_code, framework, skill_code) from stdin;
