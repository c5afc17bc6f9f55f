package io.holdfast.compute.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Quotas;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.store.Store;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Table {@code quota_limit}, and the sums that are held against it. */
final class StoredQuotas implements Quotas {

    /** In place of a project: the defaults of all. */
    private static final String ALL = "";

    private final Store store;

    StoredQuotas(Store store) {
        this.store = store;
    }

    @Override
    public Map<Resource, Integer> limits(@Nullable ProjectId project) {
        return store.inTransaction(session -> limits(session, project));
    }

    @Override
    public Map<Resource, Integer> used(ProjectId project) {
        return store.inTransaction(session -> used(session, project.value()));
    }

    @Override
    public void set(@Nullable ProjectId project, Map<Resource, Integer> limits) {
        store.inTransactionDo(session -> limits.forEach((resource, limit) -> Jdbc.update(
                session,
                "insert into quota_limit (project, resource, hard_limit) values (?, ?, ?)"
                        + " on conflict (project, resource) do update set hard_limit = excluded.hard_limit",
                project == null ? ALL : project.value(),
                resource.word(),
                limit)));
    }

    @Override
    public void reset(ProjectId project) {
        store.inTransactionDo(
                session -> Jdbc.update(session, "delete from quota_limit where project = ?", project.value()));
    }

    static Map<Resource, Integer> limits(Session session, @Nullable ProjectId project) {
        Map<String, Integer> set = new HashMap<>();
        // Of the defaults and a project's own the latter come second, and stay.
        Jdbc.list(
                        session,
                        row -> Map.entry(row.getString(1), row.getInt(2)),
                        "select resource, hard_limit from quota_limit where project in ('', ?) order by project",
                        project == null ? ALL : project.value())
                .forEach(one -> set.put(one.getKey(), one.getValue()));
        Map<Resource, Integer> limits = new EnumMap<>(Resource.class);
        for (Resource resource : Resource.values()) {
            limits.put(resource, set.getOrDefault(resource.word(), resource.otherwise()));
        }
        return limits;
    }

    private static Map<Resource, Integer> used(Session session, String project) {
        Map<Resource, Integer> used = new EnumMap<>(Resource.class);
        Jdbc.first(
                        session,
                        row -> new int[] {row.getInt(1), row.getInt(2), row.getInt(3), row.getInt(4)},
                        "select count(*), coalesce(sum(vcpus), 0), coalesce(sum(memory_mib), 0),"
                                + " (select count(*) from server_group where project = ? and deleted_at is null)"
                                + " from instance where project = ? and deleted_at is null",
                        project,
                        project)
                .ifPresent(sums -> {
                    used.put(Resource.INSTANCES, sums[0]);
                    used.put(Resource.CORES, sums[1]);
                    used.put(Resource.RAM, sums[2]);
                    used.put(Resource.SERVER_GROUPS, sums[3]);
                });
        return used;
    }

    /**
     * What projects may have more of, for those that one transaction makes: read once for each project, and counted on from
     * there. Of two transactions at a time the second waits for the first.
     */
    static final class Ledger {

        private static final Resource[] COUNTED = {Resource.INSTANCES, Resource.CORES, Resource.RAM};

        private final Session session;
        private final Map<ProjectId, Map<Resource, Integer>> limits = new HashMap<>();
        private final Map<ProjectId, Map<Resource, Integer>> used = new HashMap<>();

        Ledger(Session session) {
            this.session = session;
        }

        Map<Resource, Integer> limits(ProjectId project) {
            return limits.computeIfAbsent(project, one -> StoredQuotas.limits(session, one));
        }

        /**
         * Locks the projects of these that have a limit, by name, so that two transactions with the same projects do not wait
         * for each other.
         */
        void open(Collection<ProjectId> projects) {
            projects.stream()
                    .distinct()
                    .sorted(Comparator.comparing(ProjectId::value))
                    .filter(project -> !isUnlimited(project))
                    .forEach(project -> {
                        Jdbc.serialize(session, "instances " + project);
                        used.put(project, StoredQuotas.used(session, project.value()));
                    });
        }

        private boolean isUnlimited(ProjectId project) {
            return Stream.of(COUNTED).allMatch(resource -> of(limits(project), resource) == UNLIMITED);
        }

        /** Refuses one more instance that would exceed a limit. */
        void requireRoom(ProjectId project, Resources wants) {
            Map<Resource, Integer> have = used.get(project);
            if (have == null) {
                return;
            }
            for (Resource resource : COUNTED) {
                long limit = of(limits(project), resource);
                int there = have.getOrDefault(resource, 0);
                int more = asked(resource, wants);
                if (limit >= 0 && (long) there + more > limit) {
                    throw new ComputeException(
                            Kind.LIMIT,
                            "Quota exceeded for " + resource.word() + ": Requested " + more + ", but already used "
                                    + there + " of " + limit + " " + resource.word());
                }
            }
        }

        /** One more is made. */
        void made(ProjectId project, Resources wants) {
            Map<Resource, Integer> have = used.get(project);
            if (have != null) {
                for (Resource resource : COUNTED) {
                    have.merge(resource, asked(resource, wants), Math::addExact);
                }
            }
        }

        private static int asked(Resource resource, Resources wants) {
            return switch (resource) {
                case CORES -> wants.vcpus();
                case RAM -> wants.memoryMib();
                default -> 1;
            };
        }
    }

    static void requireGroupRoom(Session session, ProjectId project) {
        int limit = of(limits(session, project), Resource.SERVER_GROUPS);
        if (limit == UNLIMITED) {
            return;
        }
        Jdbc.serialize(session, "groups " + project);
        if (used(session, project.value()).getOrDefault(Resource.SERVER_GROUPS, 0) >= limit) {
            throw new ComputeException(Kind.LIMIT, "Quota exceeded, too many server groups.");
        }
    }

    static void requireMemberRoom(Session session, ProjectId project, java.util.UUID group) {
        int limit = of(limits(session, project), Resource.SERVER_GROUP_MEMBERS);
        if (limit == UNLIMITED) {
            return;
        }
        Jdbc.serialize(session, "members " + group);
        int members = Jdbc.first(
                        session,
                        row -> row.getInt(1),
                        "select count(*) from instance where server_group = ? and deleted_at is null",
                        group)
                .orElse(0);
        if (members >= limit) {
            throw new ComputeException(Kind.LIMIT, "Quota exceeded, too many servers in group");
        }
    }

    static void requireMetadataRoom(Session session, ProjectId project, int items) {
        requireMetadataRoom(limits(session, project), items);
    }

    static void requireMetadataRoom(Map<Resource, Integer> limits, int items) {
        int limit = of(limits, Resource.METADATA_ITEMS);
        if (limit >= 0 && items > limit) {
            throw new ComputeException(Kind.LIMIT, "Maximum number of metadata items exceeds " + limit);
        }
    }

    static int of(Map<Resource, Integer> limits, Resource resource) {
        return limits.getOrDefault(resource, resource.otherwise());
    }
}
