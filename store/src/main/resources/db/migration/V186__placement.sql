-- Providers of resources in Placement's form. Hosts are providers as they stand in table host, and instances' claims are allocations as
-- they stand in table instance; here is only what neither says. What other consumers take of a host is counted in the host's own row
-- (vcpus_used and so on), so that the scheduler and every claim see it.
alter table host add column vcpus_reserved int not null default 0 check (vcpus_reserved >= 0);
alter table host add column memory_mib_reserved int not null default 0 check (memory_mib_reserved >= 0);
alter table host add column disk_gib_reserved int not null default 0 check (disk_gib_reserved >= 0);
alter table host add column provider_generation bigint not null default 0;
comment on column host.vcpus_reserved is 'Of the capacity, what an operator keeps back from every claim.';
comment on column host.memory_mib_reserved is 'The same of memory, MiB.';
comment on column host.disk_gib_reserved is 'The same of disk, GiB.';
comment on column host.provider_generation is 'Rises with every change of what the host is as a provider; clients compare it.';

-- Whoever writes to the host, now or in a later release, cannot forget the generation.
create function host_raises_provider_generation() returns trigger language plpgsql as $$
begin
    new.provider_generation := old.provider_generation + 1;
    return new;
end;
$$;
create trigger host_provider_generation before update on host for each row
    when (old.vcpus is distinct from new.vcpus or old.memory_mib is distinct from new.memory_mib
        or old.disk_gib is distinct from new.disk_gib or old.vcpus_used is distinct from new.vcpus_used
        or old.memory_mib_used is distinct from new.memory_mib_used or old.disk_gib_used is distinct from new.disk_gib_used
        or old.vcpus_reserved is distinct from new.vcpus_reserved
        or old.memory_mib_reserved is distinct from new.memory_mib_reserved
        or old.disk_gib_reserved is distinct from new.disk_gib_reserved
        or old.state is distinct from new.state or old.enabled is distinct from new.enabled
        or old.forced_down is distinct from new.forced_down or old.maintenance is distinct from new.maintenance
        or old.quarantine is distinct from new.quarantine)
    execute function host_raises_provider_generation();

-- The providers of an aggregate change with its hosts.
create function aggregate_host_raises_provider_generation() returns trigger language plpgsql as $$
begin
    update host set provider_generation = provider_generation + 1
        where id = case when tg_op = 'DELETE' then old.host else new.host end;
    return null;
end;
$$;
create trigger aggregate_host_provider_generation after insert or delete on aggregate_host for each row
    execute function aggregate_host_raises_provider_generation();

create table provider (
    uuid uuid primary key,
    name text not null unique,
    parent uuid,
    generation bigint not null default 0,
    updated_at timestamptz not null
);
create index provider_by_parent on provider (parent);
comment on table provider is 'A provider of resources that is no host: what a client of Placement made.';
comment on column provider.uuid is 'Identity.';
comment on column provider.name is 'Name for people.';
comment on column provider.parent is 'The provider that it is a part of, a row here or a host; null for none.';
comment on column provider.generation is 'Rises with every change of it, its allocations included; clients compare it.';
comment on column provider.updated_at is 'Last change.';

create table provider_inventory (
    provider uuid not null,
    resource_class text not null,
    total int not null check (total > 0),
    reserved int not null check (reserved >= 0),
    min_unit int not null check (min_unit > 0),
    max_unit int not null check (max_unit > 0),
    step_size int not null check (step_size > 0),
    allocation_ratio double precision not null check (allocation_ratio > 0),
    primary key (provider, resource_class)
);
create index provider_inventory_by_class on provider_inventory (resource_class);
comment on table provider_inventory is 'What a provider offers; of a host only what the host does not say itself.';
comment on column provider_inventory.provider is 'The provider, a row of table provider or a host.';
comment on column provider_inventory.resource_class is 'Of what.';
comment on column provider_inventory.total is 'How much there is.';
comment on column provider_inventory.reserved is 'How much of it nobody may have.';
comment on column provider_inventory.min_unit is 'The least that one consumer may have.';
comment on column provider_inventory.max_unit is 'The most that one consumer may have.';
comment on column provider_inventory.step_size is 'What one consumer has is a multiple of this.';
comment on column provider_inventory.allocation_ratio is 'How much is promised for each that is not reserved.';

create table provider_trait (
    provider uuid not null,
    trait text not null,
    primary key (provider, trait)
);
create index provider_trait_by_trait on provider_trait (trait);
comment on table provider_trait is 'What a provider is like; of a host only what clients say.';
comment on column provider_trait.provider is 'The provider.';
comment on column provider_trait.trait is 'The trait''s name.';

create table provider_aggregate (
    provider uuid not null,
    aggregate uuid not null,
    primary key (provider, aggregate)
);
comment on table provider_aggregate is 'Aggregates of providers that are none of table aggregate.';
comment on column provider_aggregate.provider is 'The provider.';
comment on column provider_aggregate.aggregate is 'Any id that providers have in common.';

create table custom_resource_class (
    name text primary key,
    created_at timestamptz not null
);
comment on table custom_resource_class is 'Kinds of resources that clients made.';
comment on column custom_resource_class.name is 'Begins with CUSTOM_.';
comment on column custom_resource_class.created_at is 'Wall time of creation.';

create table custom_trait (
    name text primary key,
    created_at timestamptz not null
);
comment on table custom_trait is 'Traits that clients made.';
comment on column custom_trait.name is 'Begins with CUSTOM_.';
comment on column custom_trait.created_at is 'Wall time of creation.';

create table consumer (
    uuid uuid primary key,
    generation bigint not null default 0,
    project text not null,
    user_name text not null,
    type text,
    updated_at timestamptz not null
);
create index consumer_by_project on consumer (project);
comment on table consumer is 'Who has allocations and is no instance of ours.';
comment on column consumer.uuid is 'Identity.';
comment on column consumer.generation is 'Rises with every change of its allocations; clients compare it.';
comment on column consumer.project is 'Whose it is.';
comment on column consumer.user_name is 'Who made it.';
comment on column consumer.type is 'What it is, in a client''s word; null when nobody said.';
comment on column consumer.updated_at is 'Last change.';

create table allocation (
    consumer uuid not null references consumer (uuid),
    provider uuid not null,
    resource_class text not null,
    amount int not null check (amount > 0),
    primary key (consumer, provider, resource_class)
);
create index allocation_by_provider on allocation (provider, resource_class);
comment on table allocation is 'What a consumer has of a provider. Of a host''s VCPU, MEMORY_MB and DISK_GB, the sum is part of the host''s own count.';
comment on column allocation.consumer is 'Who has it.';
comment on column allocation.provider is 'Of which provider.';
comment on column allocation.resource_class is 'Of what.';
comment on column allocation.amount is 'How much.';
