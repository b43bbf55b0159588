-- purpose: those of the codes given that are no region
-- grain: one code
-- key: region_code
select c.region_code
from unnest(%(region_codes)s::text[]) as c (region_code)
left join mart.region as r on c.region_code = r.region_code
where r.region_code is null
order by c.region_code;
