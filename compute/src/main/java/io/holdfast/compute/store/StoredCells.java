package io.holdfast.compute.store;

import io.holdfast.model.CellClaim;
import io.holdfast.model.CellFit;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.NumaWish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hibernate.Session;

/**
 * What hosts have of cells, and which instance has what of them: columns {@code host.topology}, {@code instance.numa} and
 * {@code instance.cells}.
 *
 * <p>What is left is counted from what instances have, and is nowhere written down, so that it is never wrong: whoever leaves a host, or is
 * deleted, has given back what it had. Whoever claims asks and chooses under the lock of the host's row, which everybody takes who has more of it
 * afterwards; so no processor is given twice, whoever plans.
 */
final class StoredCells {

    private static final String HELD =
            "select host, cells from instance where cells <> '' and deleted_at is null and host is not null";

    private StoredCells() {}

    /** By host, what no instance has; without those that do not say what they have. */
    static Map<HostId, HostTopology> left(Session session) {
        Map<HostId, HostTopology> left = new HashMap<>();
        // Thousands of hosts are of few makes.
        Jdbc.list(
                        session,
                        row -> Map.entry(HostTopology.parse(row.getString(1)), List.of((String[])
                                row.getArray(2).getArray())),
                        "select topology, array_agg(id) from host where topology <> '' group by topology")
                .forEach(make -> make.getValue().forEach(host -> left.put(HostId.of(host), make.getKey())));
        if (left.isEmpty()) {
            return left;
        }
        Map<HostId, List<CellClaim>> held = new HashMap<>();
        Jdbc.list(session, row -> Map.entry(HostId.of(row.getString(1)), CellClaim.parse(row.getString(2))), HELD)
                .forEach(one -> held.computeIfAbsent(one.getKey(), host -> new ArrayList<>())
                        .add(one.getValue()));
        held.forEach((host, claims) -> left.computeIfPresent(host, (_, topology) -> topology.without(claims)));
        return left;
    }

    /** Why the host has not what the instance wants for itself, or nothing; asked with the host's row locked. */
    static Optional<String> refusal(Session session, InstanceRow instance, HostRow target) {
        NumaWish wish = NumaWish.parse(instance.numa);
        return wish.wantsSomething()
                ? Optional.ofNullable(
                        CellFit.objection(left(session, instance, target), wish, instance.vcpus, instance.memoryMib))
                : Optional.empty();
    }

    /**
     * Gives the instance what it wants of its new home, with the row of that locked. One that lives there whatever is left, since it
     * was brought there by others, gets nothing when nothing is left.
     */
    static void choose(Session session, InstanceRow instance, HostRow target) {
        NumaWish wish = NumaWish.parse(instance.numa);
        if (wish.wantsSomething()) {
            instance.cells = CellFit.fit(left(session, instance, target), wish, instance.vcpus, instance.memoryMib)
                    .orElse(CellClaim.NONE)
                    .toString();
        }
    }

    private static HostTopology left(Session session, InstanceRow instance, HostRow target) {
        return HostTopology.parse(target.topology)
                .without(Jdbc.list(
                        session,
                        row -> CellClaim.parse(row.getString(2)),
                        HELD + " and host = ? and id <> ?",
                        target.id,
                        instance.id));
    }
}
