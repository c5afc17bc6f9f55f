-- PCI devices stand behind a slash in the same three texts as cells.
comment on column host.topology is 'Its cells and PCI devices as its agent said when it came: NUMBER:MEMORY_MIB:DEDICATED:SHARED:PAGES, with semicolons between, then /ALIAS=ADDRESS|ADDRESS,...; empty when it did not say.';
comment on column instance.numa is 'What it wants of its host by the piece, as its flavor and its image said when it was made: POLICY,NODES,PAGES,PAGE_KIB, then /ALIAS=COUNT,...; empty for nothing.';
comment on column instance.cells is 'What it has of its home''s cells and PCI devices, chosen when it got that home: CELL:VCPUS:MEMORY_MIB:PAGE_KIB:PINS:SHARED, with semicolons between, then /ALIAS=ADDRESS|ADDRESS,...; empty for one that floats.';
