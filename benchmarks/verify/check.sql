create table t(a integer primary key, b text, c real);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 4000)
insert into t select x, hex(x * 7919 % 65521), x * 0.37 + 1.0 / x from n;
create index i on t(b);
select count(*), sum(a), total(c), avg(c), min(b), max(b) from t;
delete from t where a % 3 = 0;
update t set c = round(sqrt(c), 9), b = b || '-' || a where a % 5 = 0;
select count(*), printf('%.10f', sum(c)), count(distinct b) from t;
select b, a, c from t where b like '1F%' order by c desc limit 5;
select a.b, count(*) from t a join t b on a.a = b.a + 1 group by substr(a.b, 1, 1) order by 1 limit 6;
select printf('%.15g %e %!.18g', 355.0 / 113, 1e-300 / 3, 0.1), 9223372036854775807 + 1, abs(-5.5), 17 / 5, 17.0 / 5, -17 % 5;
select avg(c) over (order by a rows 3 preceding) from t where a < 12;
select json_extract('{"a":[1,2.5,{"b":"c"}]}', '$.a[2].b'), json_group_array(a) from t where a < 12;
pragma integrity_check;
