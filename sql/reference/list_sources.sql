-- purpose: the bodies that publish to Arna, as organisations; one row a BIN, the name of its first source
-- grain: one BIN
-- key: bin
select distinct on (s.bin)
    s.bin,
    s.name
from ops.source as s
where s.bin is not null
order by s.bin, s.source_id;
