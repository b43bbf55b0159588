-- purpose: where the rows of one reference file wait, gone with the transaction
-- grain: one code
-- key: code
create temporary table reference_stage (
    code text primary key,
    parent_code text,
    isco_code text,
    match_type text,
    name_kk text,
    name_ru text,
    name_en text
) on commit drop;
