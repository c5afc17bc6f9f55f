-- Those that wait for a home are looked for whenever one is stored, however many have one already.
create index instance_waiting on instance (created_at, id)
  where host is null and deleted_at is null and task like 'scheduling%';
