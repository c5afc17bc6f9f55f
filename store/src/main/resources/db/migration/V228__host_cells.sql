-- Processors of its own, cells and large pages: what hosts have of them, what instances want, and what they have been given.
alter table host add column topology text not null default '';
comment on column host.topology is 'Its cells as its agent said when it came: NUMBER:MEMORY_MIB:DEDICATED:SHARED:PAGES, with semicolons between; empty when it did not say.';

alter table instance add column numa text not null default '';
comment on column instance.numa is 'What it wants of processors and memory beyond their amount, as its flavor and its image said when it was made: POLICY,NODES,PAGES,PAGE_KIB; empty for nothing.';
alter table instance add column cells text not null default '';
comment on column instance.cells is 'What it has of its home''s cells, chosen when it got that home: CELL:VCPUS:MEMORY_MIB:PAGE_KIB:PINS:SHARED, with semicolons between; empty for one that floats.';
create index instance_with_cells on instance (host) where cells <> '';
