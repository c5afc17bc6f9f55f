package io.holdfast.notifications.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VeilTest {

    private static final ProjectId BLUE = ProjectId.of("blue");
    private static final ProjectId RED = ProjectId.of("red");
    private static final Set<String> HOSTS = Set.of("h1", "h2", "rack-4.node_7", "compute01");
    private static final String H1 = HostId.of("h1").opaqueTo(BLUE);

    @Test
    void aProjectSeesAnOpaqueHostAndNothingThatNobodyThoughtOf() {
        Fact shown = Veil.over(
                fact(
                        "instance.recovered",
                        Map.of(
                                "host",
                                "h1",
                                "destination",
                                "h2",
                                "from",
                                "gone9",
                                "reason",
                                "moved from gone9 to h2",
                                "evidence",
                                List.of("h2 does not hear h1"),
                                "caseId",
                                "c",
                                "something new",
                                "h1")),
                BLUE,
                HOSTS);
        assertThat(shown.data())
                .containsOnlyKeys("hostId", "destinationHostId", "fromHostId", "reason", "caseId", "correlation")
                .containsEntry("hostId", H1);
        assertThat(shown.toString()).doesNotContain("h2", "gone9");
    }

    @Test
    void anotherProjectSeesAnotherIdAndAnOperatorSeesTheFact() {
        Fact fact = fact("instance.recovered", Map.of("host", "h1"));
        assertThat(Veil.over(fact, RED, HOSTS).data().get("hostId")).isNotEqualTo(H1);
        assertThat(Veil.over(fact, null, HOSTS)).isSameAs(fact);
        assertThat(H1).matches("[0-9a-f]{56}");
    }

    @Test
    void aSubjectThatIsAHostIsHiddenToo() {
        Fact fact = new Fact(UUID.randomUUID(), "host.suspected", "host/h1", BLUE, Instant.EPOCH, Map.of());
        assertThat(Veil.over(fact, BLUE, HOSTS).subject()).isEqualTo("host/" + H1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "h1 is gone|{h1} is gone",
                "gone: h1.|gone: {h1}.",
                "(h1), H1!|({h1}), {H1}!",
                "h1.example.net and tap-h1_0|{h1}.example.net and tap-{h1}_0",
                "h10 and xh1 stay|h10 and xh1 stay",
                "rack-4.node_7 has no room|{rack-4.node_7} has no room",
                "h1/h2:7000|{h1}/{h2}:7000",
                "at 10.0.0.7:7000, 192.0.2.1.|at (an address), (an address).",
                "at fe80::1 or 2001:db8:0:0:0:0:0:1|at (an address) or (an address)",
                "since 12:34:56, version 1.2.3|since 12:34:56, version 1.2.3",
            })
    void sentencesLoseTheNamesOfHostsAndAddresses(String text, String expected) {
        String wanted = expected;
        for (String name : List.of("h1", "H1", "h2", "rack-4.node_7")) {
            wanted = wanted.replace(
                    "{" + name + "}", HostId.of(name).opaqueTo(BLUE).substring(0, 12));
        }
        assertThat(Veil.text(text, BLUE, HOSTS)).isEqualTo(wanted);
    }

    @Test
    void noticesOfOneIncidentAreLinkedBeforeAndAfterTheCaseIsOpenedAndBehindTheVeil() {
        Fact early = fact("instance.suspected", Map.of("host", "h1", "suspectedAt", "2026-01-01T00:00:00Z"));
        Fact late =
                fact("instance.recovered", Map.of("host", "h1", "suspectedAt", "2026-01-01T00:00:00Z", "caseId", "c1"));
        UUID incident = FaultRecord.correlation(early);
        assertThat(incident).isNotNull().isEqualTo(FaultRecord.correlation(late));
        assertThat(FaultRecord.correlation(Veil.over(late, BLUE, HOSTS))).isEqualTo(incident);
        assertThat(FaultRecord.correlation(fact("instance.recovered", Map.of("host", "h1", "caseId", "c2"))))
                .isNotNull()
                .isNotEqualTo(incident);
        assertThat(FaultRecord.correlation(fact("instance.moved", Map.of("moveId", "m"))))
                .isNotNull();
        assertThat(FaultRecord.correlation(fact("instance.parted", Map.of()))).isNull();
    }

    @Test
    void theRecordSaysWhatADoctorAsksFor() {
        Fact ofHost = new Fact(
                UUID.randomUUID(),
                "host.condemned",
                "host/h1",
                null,
                Instant.EPOCH,
                Map.of("host", "h1", "caseId", "c"));
        assertThat(FaultRecord.of(ofHost))
                .containsEntry("id", ofHost.id().toString())
                .containsEntry("severity", "critical")
                .containsEntry("state", "down")
                .containsEntry("at", "1970-01-01T00:00:00Z")
                .containsEntry("probableCause", "host-lost")
                .containsEntry("rootCause", true)
                .containsKeys("correlation", "data");
        assertThat(FaultRecord.of(fact("instance.host-failed", Map.of("host", "h1", "caseId", "c"))))
                .containsEntry("rootCause", false);
        assertThat(FaultRecord.of(fact("instance.needs-operator", Map.of()))).containsEntry("rootCause", true);
    }

    @Test
    void whatTheTableDoesNotKnowIsAWarning() {
        assertThat(FactType.of("host.exploded")).returns(Severity.WARNING, FactType::severity);
        assertThat(FactType.isKnown("host.exploded")).isFalse();
        assertThat(FactType.all()).allMatch(one -> FactType.of(one.type()).equals(one));
        assertThat(Severity.of("critical").isAtLeast(Severity.WARNING)).isTrue();
        assertThat(Severity.INFO.isAtLeast(Severity.WARNING)).isFalse();
        assertThatThrownBy(() -> Severity.of("mild")).isInstanceOf(IllegalArgumentException.class);
    }

    private static Fact fact(String type, Map<String, Object> data) {
        return new Fact(UUID.randomUUID(), type, "instance/1", BLUE, Instant.EPOCH, data);
    }
}
