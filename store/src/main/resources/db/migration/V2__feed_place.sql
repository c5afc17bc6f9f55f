-- The place of a fact in the feed is given when it is dispatched, by one dispatcher at a time, so that places become
-- visible in their order. The order of writing does not: what is written first may be committed last.
alter table outbox add column place bigint unique;
create sequence outbox_place owned by outbox.place;
update outbox o set place = numbered.place
from (select seq, nextval('outbox_place') as place
      from (select seq from outbox where dispatched_at is not null order by tx, seq) told) numbered
where o.seq = numbered.seq;
comment on column outbox.place is 'Place in the feed, given in the transaction that dispatched it; rises in the order of commits.';
comment on column outbox.seq is 'Order of writing. Facts of one subject become visible in this order; no cursor, see place.';
comment on column outbox.tx is 'Transaction that wrote it. Not read any more; goes with a later release.';
