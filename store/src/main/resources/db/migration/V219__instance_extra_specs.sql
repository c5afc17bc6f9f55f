-- A flavor may change; an instance stays what it was made as.
create table instance_extra_spec (
    instance_id uuid not null references instance (id) on delete cascade,
    key text not null,
    value text not null,
    primary key (instance_id, key)
);
comment on table instance_extra_spec is 'What an instance''s flavor said about aggregates when it was made.';
comment on column instance_extra_spec.instance_id is 'The instance.';
comment on column instance_extra_spec.key is 'The extra spec, which begins with aggregate_instance_extra_specs:.';
comment on column instance_extra_spec.value is 'Its value.';
insert into instance_extra_spec (instance_id, key, value)
    select i.id, s.key, s.value from instance i join flavor_extra_spec s on s.flavor_id = i.flavor_id
    where i.deleted_at is null and s.key like 'aggregate\_instance\_extra\_specs:%';
