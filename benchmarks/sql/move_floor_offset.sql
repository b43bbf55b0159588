-- purpose: the floor's offsets
-- grain: one partition
-- key: partition
insert into public.floor_offset (partition, next_offset)
values (%(partition)s, %(next_offset)s)
on conflict (partition) do update set next_offset = excluded.next_offset;
