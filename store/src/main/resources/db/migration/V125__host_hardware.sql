-- What was told last of each host's hardware, so that the next leader does not tell it again.
create table host_hardware (
    host text primary key,
    grade text not null,
    told_at timestamptz not null
);
comment on table host_hardware is 'The grade of each host''s hardware that operators were told last.';
comment on column host_hardware.host is 'The host; no reference, because its hardware outlives what is kept of it.';
comment on column host_hardware.grade is 'GOOD, POOR or BAD.';
comment on column host_hardware.told_at is 'Wall time at which it was told.';
