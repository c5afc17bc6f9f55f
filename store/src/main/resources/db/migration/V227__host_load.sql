-- How busy hosts are, as their agents say: a hint for whoever places instances.
create table host_load (
    host text primary key references host (id) on delete cascade,
    busy_percent integer not null check (busy_percent between 0 and 100),
    measured_at timestamptz not null
);
comment on table host_load is 'How much of its processors was in use of late; what is minutes old counts no more.';
comment on column host_load.host is 'The host.';
comment on column host_load.busy_percent is 'Of all its processors, 0 to 100.';
comment on column host_load.measured_at is 'Wall time at which it was heard.';
