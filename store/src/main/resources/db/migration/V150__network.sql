create table network (
    id uuid primary key,
    name text not null,
    project text not null,
    description text not null,
    shared boolean not null,
    admin_state_up boolean not null,
    physical_network text not null unique,
    mtu int not null check (mtu between 68 and 65535),
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on table network is 'A flat network: everything on one physical network of the hosts.';
comment on column network.id is 'Identity.';
comment on column network.name is 'Name for people; not unique.';
comment on column network.project is 'Who owns it.';
comment on column network.description is 'For people.';
comment on column network.shared is 'Whether every project may use it.';
comment on column network.admin_state_up is 'Whether instances may be put on it.';
comment on column network.physical_network is 'Which one of the hosts it is; the settings name its bridge. One network each.';
comment on column network.mtu is 'Longest packet in bytes, told to clients.';
comment on column network.created_at is 'Wall time of creation.';
comment on column network.updated_at is 'Last change of this row.';

create table subnet (
    id uuid primary key,
    network_id uuid not null references network (id),
    name text not null,
    project text not null,
    description text not null,
    cidr text not null,
    gateway text,
    pools text not null,
    dns text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index subnet_by_network on subnet (network_id);
comment on table subnet is 'Addresses of a network, and which of them are given to ports.';
comment on column subnet.id is 'Identity.';
comment on column subnet.network_id is 'Its network.';
comment on column subnet.name is 'Name for people; not unique.';
comment on column subnet.project is 'Who owns it.';
comment on column subnet.description is 'For people.';
comment on column subnet.cidr is 'The range, IPv4.';
comment on column subnet.gateway is 'The router''s address, never given to a port; null for none.';
comment on column subnet.pools is 'Addresses that are given when none is asked for: first-last, separated by commas.';
comment on column subnet.dns is 'Name servers, separated by commas; told to clients.';
comment on column subnet.created_at is 'Wall time of creation.';
comment on column subnet.updated_at is 'Last change of this row.';

create table port (
    id uuid primary key,
    network_id uuid not null references network (id),
    project text not null,
    name text not null,
    description text not null,
    mac text not null unique,
    admin_state_up boolean not null,
    device_id text not null,
    device_owner text not null,
    made_for_device boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index port_by_network on port (network_id);
create index port_by_device on port (device_id) where device_id <> '';
create index port_by_project on port (project);
comment on table port is 'A place on a network with a MAC and addresses; an instance''s ports are its network cards.';
comment on column port.id is 'Identity.';
comment on column port.network_id is 'Its network.';
comment on column port.project is 'Who owns it.';
comment on column port.name is 'Name for people; not unique.';
comment on column port.description is 'For people.';
comment on column port.mac is 'MAC address; no two ports have the same.';
comment on column port.admin_state_up is 'As its owner said.';
comment on column port.device_id is 'The instance that has it, or what its owner wrote; empty for nobody.';
comment on column port.device_owner is 'compute:ZONE for an instance''s, or what its owner wrote.';
comment on column port.made_for_device is 'Made with its instance, and deleted with it; else it is only given free.';
comment on column port.created_at is 'Wall time of creation.';
comment on column port.updated_at is 'Last change of this row.';

create table port_address (
    subnet_id uuid not null references subnet (id),
    address text not null,
    port_id uuid not null references port (id) on delete cascade,
    primary key (subnet_id, address)
);
create index port_address_by_port on port_address (port_id);
comment on table port_address is 'Which port has which address. The key makes a second port with the same address impossible.';
comment on column port_address.subnet_id is 'Where it is from.';
comment on column port_address.address is 'IPv4, four numbers with dots, in the one spelling without leading zeros.';
comment on column port_address.port_id is 'Who has it.';

create table security_group (
    id uuid primary key,
    project text not null,
    name text not null,
    description text not null,
    is_default boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index security_group_one_default on security_group (project) where is_default;
create index security_group_by_project on security_group (project);
comment on table security_group is 'Rules for ports. Kept and shown; nothing filters by them yet.';
comment on column security_group.id is 'Identity.';
comment on column security_group.project is 'Who owns it.';
comment on column security_group.name is 'Name for people; not unique, but for the default one of each project.';
comment on column security_group.description is 'For people.';
comment on column security_group.is_default is 'What ports of the project get when they name none.';
comment on column security_group.created_at is 'Wall time of creation.';
comment on column security_group.updated_at is 'Last change of this row.';

create table security_group_rule (
    id uuid primary key,
    group_id uuid not null references security_group (id) on delete cascade,
    description text not null,
    direction text not null check (direction in ('ingress', 'egress')),
    ethertype text not null check (ethertype in ('IPv4', 'IPv6')),
    protocol text,
    port_min int,
    port_max int,
    remote_prefix text,
    remote_group uuid references security_group (id),
    created_at timestamptz not null
);
create index security_group_rule_by_group on security_group_rule (group_id);
create index security_group_rule_by_remote on security_group_rule (remote_group) where remote_group is not null;
comment on table security_group_rule is 'What may pass. Never changed, only made and deleted.';
comment on column security_group_rule.id is 'Identity.';
comment on column security_group_rule.group_id is 'Its group.';
comment on column security_group_rule.description is 'For people.';
comment on column security_group_rule.direction is 'Seen from the port.';
comment on column security_group_rule.ethertype is 'Which IP.';
comment on column security_group_rule.protocol is 'Name or number; null for any.';
comment on column security_group_rule.port_min is 'First port of TCP or UDP, or type of ICMP; null for any.';
comment on column security_group_rule.port_max is 'Last port, or code of ICMP; null for any.';
comment on column security_group_rule.remote_prefix is 'Who the other side is, as a range; null for any.';
comment on column security_group_rule.remote_group is 'Who the other side is, as the ports of a group; null for any.';
comment on column security_group_rule.created_at is 'Wall time of creation.';

create table port_security_group (
    port_id uuid not null references port (id) on delete cascade,
    group_id uuid not null references security_group (id),
    primary key (port_id, group_id)
);
create index port_security_group_by_group on port_security_group (group_id);
comment on table port_security_group is 'Which groups a port is in.';
comment on column port_security_group.port_id is 'The port.';
comment on column port_security_group.group_id is 'The group.';

alter table instance add column nics text not null default '';
comment on column instance.nics is 'Its network cards, a line each: port, MAC, physical network. Set when it was made.';
