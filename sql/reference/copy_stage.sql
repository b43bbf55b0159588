-- purpose: take in the rows of one reference file, all columns of the stage in their order
-- grain: one code
-- key: as the table, without its validity
copy reference_stage from stdin;
