package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Grade;
import java.util.Locale;

/** What an agent finds of its own host, for people and for programs. */
public record HealthView(String host, AgentHealth health) {

    public void print(Terminal terminal) {
        Client client = new Client(terminal);
        for (AgentHealth.Finding finding : health.findings()) {
            String label = String.format(
                    Locale.ROOT, "%-9s%-9s", finding.aspect().name().toLowerCase(Locale.ROOT), word(finding));
            client.paragraph(label, finding.detail(), terminal.out());
        }
    }

    public ObjectNode json() {
        ObjectNode answer = Client.object().put("host", host);
        ArrayNode findings = answer.putArray("findings");
        health.findings()
                .forEach(finding -> findings.addObject()
                        .put("aspect", finding.aspect().name().toLowerCase(Locale.ROOT))
                        .put("grade", word(finding))
                        .put("detail", finding.detail()));
        return answer;
    }

    /** Only what is known to be wrong fails a look; what is poor still works, and what is unknown was not seen. */
    public ExitCode code() {
        return health.findings().stream().anyMatch(finding -> finding.grade() == Grade.BAD)
                ? ExitCode.FAILED
                : ExitCode.OK;
    }

    private static String word(AgentHealth.Finding finding) {
        return finding.grade().name().toLowerCase(Locale.ROOT);
    }
}
