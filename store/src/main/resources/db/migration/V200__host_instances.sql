alter table host add column instances integer not null default 0;
comment on column host.instances is 'How many instances have it as their home; changed together with what they use of it.';
update host set instances = (select count(*) from instance where instance.host = host.id and instance.deleted_at is null);
