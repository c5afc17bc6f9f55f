package io.holdfast.fencing.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.ReadinessBook;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Table {@code fence_readiness}, one row for each host. Any thread may call; each call is one transaction. */
public final class StoredReadinessBook implements ReadinessBook {

    private static final String COLUMNS = "select host, state, since, checked_at, document from fence_readiness";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Store store;

    public StoredReadinessBook(Store store) {
        this.store = store;
    }

    @Override
    public List<FenceReadiness> all() {
        return read(COLUMNS + " order by host", null);
    }

    @Override
    public Optional<FenceReadiness> find(HostId host) {
        return read(COLUMNS + " where host = ?", host).stream().findFirst();
    }

    private List<FenceReadiness> read(String query, @Nullable HostId host) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement select = connection.prepareStatement(query)) {
                if (host != null) {
                    select.setString(1, host.value());
                }
                List<FenceReadiness> found = new ArrayList<>();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new FenceReadiness(
                                HostId.of(rows.getString(1)),
                                FenceReadiness.State.valueOf(rows.getString(2)),
                                rows.getObject(3, OffsetDateTime.class).toInstant(),
                                check(rows.getObject(4, OffsetDateTime.class).toInstant(), rows.getString(5))));
                    }
                }
                return found;
            }
        }));
    }

    /** @throws io.holdfast.store.StaleLeaderException when the database knows a newer leader */
    @Override
    public void put(FenceReadiness readiness, @Nullable Fact fact, SegmentId segment, LeaderEpoch leader) {
        String document = document(readiness.check());
        store.inTransactionDo(session -> {
            Store.requireLeaderEpoch(session, segment, leader);
            session.doWork(connection -> write(connection, readiness, document));
            if (fact != null) {
                Outbox.append(session, fact);
            }
        });
    }

    private static void write(Connection connection, FenceReadiness readiness, String document) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                insert into fence_readiness (host, state, since, checked_at, document) values (?, ?, ?, ?, ?::jsonb)
                on conflict (host) do update set state = excluded.state, since = excluded.since,
                    checked_at = excluded.checked_at, document = excluded.document
                """)) {
            upsert.setString(1, readiness.host().value());
            upsert.setString(2, readiness.state().name());
            upsert.setObject(3, readiness.since().atOffset(ZoneOffset.UTC));
            upsert.setObject(4, readiness.check().at().atOffset(ZoneOffset.UTC));
            upsert.setString(5, document);
            upsert.executeUpdate();
        }
    }

    private static String document(FenceCheck check) {
        ObjectNode document = JSON.createObjectNode();
        ArrayNode levels = document.putArray("levels");
        for (FenceCheck.Level level : check.levels()) {
            ArrayNode devices = levels.addObject().putArray("devices");
            for (FenceCheck.Device device : level.devices()) {
                ObjectNode one = devices.addObject().put("name", stored(device.name()));
                ArrayNode findings = one.putArray("findings");
                device.findings()
                        .forEach(each -> findings.addObject()
                                .put("subject", each.subject().name())
                                .put("grade", each.grade().name())
                                .put("text", stored(each.text()))
                                .put("nanos", each.took().toNanos()));
            }
        }
        return document.toString();
    }

    /** PostgreSQL's jsonb has no way to hold the character zero, and a device may send anything. */
    private static String stored(String text) {
        return text.replace('\0', '?');
    }

    private static FenceCheck check(Instant at, String document) {
        JsonNode read;
        try {
            read = JSON.readTree(document);
        } catch (JsonProcessingException e) {
            throw new FencingException("cannot read a rehearsal in the table fence_readiness", e);
        }
        List<FenceCheck.Level> levels = new ArrayList<>();
        for (JsonNode level : read.path("levels")) {
            List<FenceCheck.Device> devices = new ArrayList<>();
            for (JsonNode device : level.path("devices")) {
                List<FenceCheck.Finding> findings = new ArrayList<>();
                for (JsonNode finding : device.path("findings")) {
                    findings.add(new FenceCheck.Finding(
                            FenceCheck.Subject.valueOf(finding.path("subject").asText()),
                            FenceCheck.Grade.valueOf(finding.path("grade").asText()),
                            finding.path("text").asText(),
                            Duration.ofNanos(finding.path("nanos").asLong())));
                }
                devices.add(new FenceCheck.Device(device.path("name").asText(), findings));
            }
            levels.add(new FenceCheck.Level(devices));
        }
        return new FenceCheck(at, levels);
    }
}
