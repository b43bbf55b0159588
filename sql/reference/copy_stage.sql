-- purpose: take in the rows of one reference file
-- grain: one code
-- key: code
copy reference_stage (code, parent_code, isco_code, match_type, name_kk, name_ru, name_en) from stdin;
