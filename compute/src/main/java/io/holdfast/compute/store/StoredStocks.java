package io.holdfast.compute.store;

import io.holdfast.model.Amounts;
import io.holdfast.model.HostId;
import io.holdfast.model.Stock;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * What hosts have besides processors, memory and disk: table {@code provider_inventory} says how much, instances have what their rows say
 * ({@code amounts}) of their home, and other consumers what table {@code allocation} says.
 *
 * <p>How much is left is counted where it is asked, and is nowhere written down, so that it is never wrong. Whoever claims asks under the lock of
 * the host's row, which everybody takes who has more of it afterwards.
 */
public final class StoredStocks {

    private static final String STOCKS = "select h.id as host, v.*,"
            + " (select coalesce(sum(a.amount), 0) from allocation a"
            + " where a.provider = v.provider and a.resource_class = v.resource_class) as allocated"
            + " from provider_inventory v join host h on h.uuid = v.provider";

    private static final String TAKEN =
            "select h.id as host, h.uuid, i.amounts from instance i join host h on h.id = i.host"
                    + " where i.amounts <> '' and i.deleted_at is null";

    private StoredStocks() {}

    /** By host; without those that have none. */
    static Map<HostId, Map<String, Stock>> all(Session session) {
        return read(session, null);
    }

    /** Why the host has not what the instance wants, or nothing; asked with the host's row locked. */
    static Optional<String> refusal(Session session, InstanceRow instance, HostRow target) {
        Amounts wanted = Amounts.parse(instance.amounts);
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Stock> has = read(session, target.id).getOrDefault(target.hostId(), Map.of());
        StringJoiner words = new StringJoiner("; ");
        wanted.of().forEach((name, amount) -> {
            Stock stock = has.get(name);
            String objection = stock == null ? "has no " + name : stock.objection(name, amount, 0);
            if (objection != null) {
                words.add(objection);
            }
        });
        return words.length() == 0 ? Optional.empty() : Optional.of(words.toString());
    }

    private static Map<HostId, Map<String, Stock>> read(Session session, @Nullable String only) {
        List<Offered> offered = only == null
                ? Jdbc.list(session, Offered::read, STOCKS)
                : Jdbc.list(session, Offered::read, STOCKS + " where h.id = ?", only);
        if (offered.isEmpty()) {
            return Map.of();
        }
        Map<HostId, Map<String, Long>> taken = new HashMap<>();
        (only == null
                        ? Jdbc.list(session, Taken::read, TAKEN)
                        : Jdbc.list(session, Taken::read, TAKEN + " and h.id = ?", only))
                .forEach(one -> one.amounts
                        .of()
                        .forEach((name, amount) -> taken.computeIfAbsent(one.host, host -> new HashMap<>())
                                .merge(name, (long) amount, Long::sum)));
        Map<HostId, Map<String, Stock>> all = new HashMap<>();
        for (Offered one : offered) {
            long ours = taken.getOrDefault(one.host, Map.of()).getOrDefault(one.name, 0L);
            all.computeIfAbsent(one.host, host -> new HashMap<>()).put(one.name, one.stock(ours));
        }
        return all;
    }

    /** By provider, what instances have of hosts besides processors, memory and disk. */
    public static Map<UUID, Map<String, Long>> ofInstances(Session session) {
        Map<UUID, Map<String, Long>> taken = new HashMap<>();
        Jdbc.list(session, Taken::read, TAKEN)
                .forEach(one -> one.amounts
                        .of()
                        .forEach((name, amount) -> taken.computeIfAbsent(one.provider, host -> new HashMap<>())
                                .merge(name, (long) amount, Long::sum)));
        return taken;
    }

    /**
     * A resource class has another name: with instances, and with flavors, of which servers are made tomorrow.
     *
     * @param name capital letters, digits and underscores, as {@code newName}
     */
    public static void renamed(Session session, String name, String newName) {
        Jdbc.update(
                session,
                "update instance set amounts = regexp_replace(amounts, '(^|,)' || ? || '=', '\\1' || ? || '=')"
                        + " where amounts ~ ('(^|,)' || ? || '=')",
                name,
                newName,
                name);
        Jdbc.update(
                session,
                "update flavor_extra_spec set key = ? where key = ?"
                        + " and not exists (select 1 from flavor_extra_spec o where o.flavor_id = flavor_extra_spec.flavor_id and o.key = ?)",
                Amounts.SPEC + newName,
                Amounts.SPEC + name,
                Amounts.SPEC + newName);
    }

    private record Taken(HostId host, UUID provider, Amounts amounts) {

        static Taken read(ResultSet row) throws SQLException {
            return new Taken(
                    HostId.of(row.getString("host")),
                    Objects.requireNonNull(row.getObject("uuid", UUID.class)),
                    Amounts.parse(row.getString("amounts")));
        }
    }

    private record Offered(HostId host, String name, Stock before) {

        static Offered read(ResultSet row) throws SQLException {
            return new Offered(
                    HostId.of(row.getString("host")),
                    row.getString("resource_class"),
                    new Stock(
                            (long) Math.floor(
                                    (row.getInt("total") - row.getInt("reserved")) * row.getDouble("allocation_ratio")),
                            row.getLong("allocated"),
                            row.getInt("min_unit"),
                            row.getInt("max_unit"),
                            row.getInt("step_size")));
        }

        Stock stock(long ours) {
            return new Stock(before.limit(), before.used() + ours, before.minUnit(), before.maxUnit(), before.step());
        }
    }
}
