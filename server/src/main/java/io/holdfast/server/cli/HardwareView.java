package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a management controller says of its host's hardware, for people and for programs. */
public record HardwareView(String address, HardwareHealth health) {

    public void print(Terminal terminal) {
        Table table = new Table()
                .column("COMPONENT")
                .rigid("READING")
                .rigid("UNIT")
                .column("LIMITS (CRITICAL)")
                .rigid("GRADE")
                .column("STATE");
        for (Finding finding : health.findings()) {
            table.row(
                    finding.component(),
                    finding.value(),
                    finding.unit(),
                    limits(finding.limits()),
                    word(finding.grade()),
                    finding.what());
            if (finding.grade() == Grade.BAD) {
                table.alarm(terminal);
            }
        }
        if (!table.isEmpty()) {
            table.print(terminal.out(), terminal.width());
        }
        Client client = new Client(terminal);
        client.paragraph("hardware ", word(health.grade()) + ": " + health.summary(), terminal.out());
        if (!health.trouble().isEmpty() && !health.summary().equals(health.trouble())) {
            client.paragraph("not read ", health.trouble(), terminal.out());
        }
    }

    /** Between which values it is as usual, and in brackets between which it is not yet critical. */
    private static String limits(Limits limits) {
        String usual = range(limits.lowerWarning(), limits.upperWarning());
        String critical = range(limits.lowerCritical(), limits.upperCritical());
        return critical.isEmpty() ? usual : usual + (usual.isEmpty() ? "" : " ") + "(" + critical + ")";
    }

    private static String range(@Nullable String from, @Nullable String to) {
        return from == null && to == null ? "" : (from == null ? "" : from) + ".." + (to == null ? "" : to);
    }

    public ObjectNode json() {
        ObjectNode answer = Client.object()
                .put("address", address)
                .put("grade", word(health.grade()))
                .put("summary", health.summary())
                .put("trouble", health.trouble());
        ArrayNode findings = answer.putArray("findings");
        for (Finding finding : health.findings()) {
            ObjectNode one = findings.addObject()
                    .put("component", finding.component())
                    .put("kind", finding.kind())
                    .put("value", finding.value())
                    .put("unit", finding.unit())
                    .put("state", finding.what())
                    .put("grade", word(finding.grade()));
            Limits limits = finding.limits();
            one.putObject("limits")
                    .put("lower_fatal", limits.lowerFatal())
                    .put("lower_critical", limits.lowerCritical())
                    .put("lower_warning", limits.lowerWarning())
                    .put("upper_warning", limits.upperWarning())
                    .put("upper_critical", limits.upperCritical())
                    .put("upper_fatal", limits.upperFatal());
        }
        return answer;
    }

    /** Only what is known to be wrong fails a look; what is poor still works, and what is unknown was not seen. */
    public ExitCode code() {
        return health.grade() == Grade.BAD ? ExitCode.FAILED : ExitCode.OK;
    }

    private static String word(Grade grade) {
        return grade.name().toLowerCase(Locale.ROOT);
    }
}
