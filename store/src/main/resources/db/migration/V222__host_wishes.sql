-- What a flavor says of traits, and what an image was made for, bind where an instance runs as aggregates do.
comment on table instance_extra_spec is 'What an instance''s flavor said about hosts, and of a policy, when it was made.';
comment on column instance_extra_spec.key is 'The extra spec: aggregate_instance_extra_specs:KEY, trait:NAME, holdfast:any_trait, holdfast:any_trait:WORD or holdfast:scheduler_policy.';
insert into instance_extra_spec (instance_id, key, value)
    select i.id, s.key, s.value from instance i join flavor_extra_spec s on s.flavor_id = i.flavor_id
    where i.deleted_at is null and (starts_with(s.key, 'trait:') or starts_with(s.key, 'holdfast:any_trait'));

-- An image may change; an instance stays what it was made of.
create table instance_image_property (
    instance_id uuid not null references instance (id) on delete cascade,
    key text not null,
    value text not null,
    primary key (instance_id, key)
);
comment on table instance_image_property is 'The properties that an instance''s image had when the instance was made or rebuilt.';
comment on column instance_image_property.instance_id is 'The instance.';
comment on column instance_image_property.key is 'The property.';
comment on column instance_image_property.value is 'Its value.';
insert into instance_image_property (instance_id, key, value)
    select i.id, p.key, p.value from instance i join image_property p on p.image_id = i.image_id
    where i.deleted_at is null;

alter table instance add column amounts text not null default '';
comment on column instance.amounts is 'What it has of its host besides processors, memory and disk, as its flavor said when it was made: CLASS=AMOUNT, with commas between.';
create index instance_with_amounts on instance (host) where amounts <> '';

-- Few, and asked for with every plan.
create index instance_failed on instance (host) where actual = 'FAILED' and deleted_at is null;
