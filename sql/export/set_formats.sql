-- purpose: values are written in one form, whatever the role or the database has set
-- grain: none
-- key: none
set local datestyle to 'ISO, YMD';
set local timezone to 'UTC';
set local extra_float_digits to 1;
