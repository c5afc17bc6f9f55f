package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestSigns;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.compute.control.DeliveryView;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reports say of guests, in the database. */
class StoredGuestsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final GuestIncident PANIC = new GuestIncident(
            7, GuestFailure.PANICKED, GuestResponse.RESTARTED, 1, "its guest ended: crashed", Instant.ofEpochSecond(9));

    private Deployment deployment;
    private InstanceId id;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1");
        // What its home says is said here alone: its own answer would come at any time.
        deployment.agents.at("h1").silent = true;
        id = deployment.create("web").id();
        report(ActualState.RUNNING, GuestHealth.UNKNOWN, null);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    private DeliveryView view() {
        return deployment.compute.view;
    }

    private void report(ActualState actual, GuestHealth health, @Nullable GuestIncident last) {
        report(deployment.instance(id).generation(), actual, health, last);
    }

    private void report(Generation generation, ActualState actual, GuestHealth health, @Nullable GuestIncident last) {
        view().ingest(
                        List.of(new DeliveryView.Heard(
                                H1,
                                new InstanceReport(
                                        id,
                                        generation,
                                        actual,
                                        false,
                                        "",
                                        Instant.now(),
                                        new GuestSigns(health, last)))),
                        deployment.leader());
    }

    private GuestState state() {
        return deployment.store.inTransaction(session -> StoredGuests.of(session, id));
    }

    private List<Map<String, String>> told() {
        return deployment.store.inTransaction(session -> Jdbc.list(
                session,
                row -> Map.of(
                        "type", row.getString("type"),
                        "project", row.getString("project"),
                        "failure", String.valueOf(row.getString("failure")),
                        "reason", row.getString("reason"),
                        "host", row.getString("host")),
                "select type, project, data->>'failure' as failure, data->>'reason' as reason, data->>'host' as host"
                        + " from outbox where subject = ? and type like 'instance.guest%' or type ="
                        + " 'instance.needs-operator' order by seq",
                "instance/" + id));
    }

    @Test
    void ofAGuestThatSaysNothingNothingIsKept() {
        assertThat(state()).isEqualTo(GuestState.NONE);
        assertThat(told()).isEmpty();
    }

    @Test
    void aFailureIsToldInTheTransactionThatKeepsItAndOnceHoweverOftenItIsReported() {
        report(ActualState.FAILED, GuestHealth.UNKNOWN, PANIC);
        report(ActualState.FAILED, GuestHealth.UNKNOWN, PANIC);
        assertThat(state())
                .isEqualTo(new GuestState(deployment.instance(id).generation(), GuestHealth.UNKNOWN, PANIC, true));
        assertThat(told())
                .containsExactly(Map.of(
                        "type", "instance.guest-panicked",
                        "project", "p1",
                        "failure", "PANICKED",
                        "reason", "its guest ended: crashed",
                        "host", "h1"));

        report(ActualState.RUNNING, GuestHealth.HEALTHY, PANIC);
        // Nothing else has changed of it, and its health has.
        report(ActualState.RUNNING, GuestHealth.LEFT, PANIC);
        assertThat(told())
                .extracting(fact -> fact.get("type"))
                .containsExactly("instance.guest-panicked", "instance.guest-recovered");
        assertThat(state().health()).isEqualTo(GuestHealth.LEFT);
        assertThat(state().open()).isFalse();
    }

    @Test
    void aGuestThatIsGivenUpCallsAHuman() {
        report(
                ActualState.FAILED,
                GuestHealth.UNKNOWN,
                new GuestIncident(8, GuestFailure.LOST, GuestResponse.GIVEN_UP, 10, "too often", Instant.EPOCH));
        assertThat(told())
                .extracting(fact -> fact.get("type"))
                .containsExactly("instance.guest-lost", "instance.needs-operator");
    }

    @Test
    void whatDoesNotCountAsAReportTellsNothingOfAGuest() {
        Generation now = deployment.instance(id).generation();
        report(now.next(), ActualState.FAILED, GuestHealth.SILENT, PANIC);
        deployment.hosts().condemn(H1, deployment.host("h1").epoch(), deployment.leader(), List.of());
        report(now, ActualState.FAILED, GuestHealth.SILENT, PANIC);
        assertThat(state()).isEqualTo(GuestState.NONE);
        assertThat(told()).isEmpty();
    }

    @Test
    void theOrderSaysWhatTheOwnerTheFlavorAndTheImageWant() {
        deployment
                .catalog()
                .changeExtraSpecs(
                        FlavorId.of("small"),
                        Map.of("hw:watchdog_action", "notify", "holdfast:on-guest-silent", "automatic"),
                        Set.of());
        deployment.instances().setMetadata(id, Map.of("holdfast:on-guest-panic", "notify"));
        deployment.instances().stop(id, Deployment.OWNER);
        assertThat(view().due(List.of(id), deployment.leader())
                        .get(id)
                        .order()
                        .spec()
                        .terms())
                .isEqualTo(new GuestTerms(WatchdogAction.NOTIFY, Set.of(GuestFailure.LOST, GuestFailure.SILENT)));
    }
}
