package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HealthRecordTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everyAspectAndGradeComesBack() throws IOException {
        for (Grade grade : Grade.values()) {
            HealthRecord record = new HealthRecord(
                    "session-1",
                    new AgentHealth(Arrays.stream(Aspect.values())
                            .map(aspect -> new Finding(aspect, grade, "3.2 % of \"ü\""))
                            .toList()));
            assertThat(HealthRecord.decode(record.encode(7))).isEqualTo(record);
        }
    }

    @Test
    void theLongestWordFitsAndIsReadAgain() throws IOException {
        HealthRecord record = new HealthRecord(
                "s".repeat(64),
                new AgentHealth(Arrays.stream(Aspect.values())
                        .map(aspect -> new Finding(aspect, Grade.BAD, "\u2207\"".repeat(100_000)))
                        .toList()));
        byte[] data = record.encode(7);
        assertThat(data.length).isLessThan(HealthRecord.BYTES_MAX);
        assertThat(HealthRecord.decode(data).health().findings())
                .allSatisfy(finding -> assertThat(finding.detail()).hasSize(400).endsWith("…"));
    }

    @Test
    void nothingInADetailMovesACursor() throws IOException {
        HealthRecord record = new HealthRecord(
                "s", new AgentHealth(List.of(new Finding(Aspect.DISK, Grade.POOR, "a\n\u001b[2Jb\u0000"))));
        assertThat(HealthRecord.decode(record.encode(7)).health().findings())
                .containsExactly(new Finding(Aspect.DISK, Grade.POOR, "a [2Jb"));
        assertThat(HealthRecord.decode(
                                bytes(
                                        "{\"agentSession\":\"s\",\"findings\":[{\"aspect\":\"DISK\",\"grade\":\"POOR\",\"detail\":\"a\\u001bb\"}]}"))
                        .health()
                        .findings())
                .containsExactly(new Finding(Aspect.DISK, Grade.POOR, "a b"));
    }

    @Test
    void whatIsOfALaterReleaseIsPassedOver() throws IOException {
        HealthRecord read = HealthRecord.decode(bytes("""
                {"version":7,"agentSession":"s","mood":"sunny","findings":[
                  {"aspect":"GPU","grade":"BAD","detail":"hot"},
                  {"aspect":"DISK","grade":"DREADFUL","detail":"x","more":[1]},
                  {"aspect":"CLOCK","grade":3},
                  {"aspect":17,"grade":"GOOD"}, 4, null]}
                """));
        assertThat(read.health().findings())
                .containsExactly(
                        new Finding(Aspect.DISK, Grade.UNKNOWN, "x"), new Finding(Aspect.CLOCK, Grade.UNKNOWN, ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                                              | no data
                    nonsense                                        | it is not JSON
                    [1]                                             | it is no JSON object
                    '"text"'                                        | it is no JSON object
                    {}                                              | field 'agentSession' is missing
                    {"agentSession":3,"findings":[]}                | field 'agentSession' is missing
                    {"agentSession":"","findings":[]}               | field 'agentSession' is missing
                    {"agentSession":"s"}                            | field 'findings' is missing
                    {"agentSession":"s","findings":{}}              | field 'findings' is missing
                    {"agentSession":"s","findings":[{"aspect":"DISK"},{"aspect":"DISK"}]} | two findings of DISK
                    """)
    void whatIsMalformedIsRefusedByName(String text, String reason) {
        assertThatThrownBy(() -> HealthRecord.decode(bytes(text)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(reason.replace("''", "'"));
    }

    @Test
    void whatIsTooLargeIsNotParsed() {
        assertThatThrownBy(() -> HealthRecord.decode(new byte[HealthRecord.BYTES_MAX + 1]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than 16384");
        assertThatThrownBy(() -> HealthRecord.decode(bytes("[".repeat(HealthRecord.BYTES_MAX))))
                .isInstanceOf(IOException.class);
    }

    @Test
    void anUnreadableWordMakesEveryAspectUnknown() {
        assertThat(HealthRecord.unreadable("it is not JSON").findings())
                .hasSize(Aspect.values().length)
                .allSatisfy(finding -> {
                    assertThat(finding.grade()).isEqualTo(Grade.UNKNOWN);
                    assertThat(finding.detail()).isEqualTo("its word cannot be read: it is not JSON");
                });
    }
}
