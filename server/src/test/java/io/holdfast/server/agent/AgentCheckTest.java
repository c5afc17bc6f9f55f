package io.holdfast.server.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class AgentCheckTest {

    private record Result(int code, String out, String err) {}

    @TempDir
    Path directory;

    private Result check(String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                directory,
                80,
                false,
                InstantSource.system());
        String[] all = new String[more.length + 3];
        all[0] = "agent";
        all[1] = "check";
        all[2] = directory.resolve("agent.yaml").toString();
        System.arraycopy(more, 0, all, 3, more.length);
        int code = HoldfastCommandLine.assemble(
                        terminal,
                        List.of(new Section("Processes", List.of(new AgentCommand(terminal)))),
                        KnownFailures::translated)
                .execute(all);
        return new Result(code, out.toString(), err.toString());
    }

    private void settings(String libvirtUri) throws IOException {
        Files.createDirectories(directory.resolve("shared/instances"));
        Files.writeString(directory.resolve("agent.yaml"), """
                host: h1
                state-directory: .
                membership: {bind-address: 127.0.0.1}
                agent: {libvirt-uri: '%s', shared-storage: shared}
                # A busy machine is no sick one.
                health: {limits: {libvirt-poor: 10s, libvirt-bad: 20s, storage-poor: 10s, storage-bad: 20s}}
                """.formatted(libvirtUri));
    }

    @Test
    void aHostThatIsWellPassesAndIsTold() throws IOException {
        settings("test:///default");
        Result result = check();
        assertThat(result.out)
                .contains("libvirt  good", "storage  good", "disk ", "memory ", "clock ", "link     good");
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(result.err).isEmpty();
        assertThat(result.code).isEqualTo(result.out.contains(" bad ") ? 1 : 0);
    }

    @Test
    void aHostThatIsNotWellFailsAndProgramsCanTellWhy() throws IOException {
        settings("qemu+unix:///system?socket=" + directory.resolve("nobody"));
        Result result = check("--json");
        assertThat(result.code).isEqualTo(1);
        JsonNode answer = new ObjectMapper().readTree(result.out);
        assertThat(answer.path("host").asText()).isEqualTo("h1");
        assertThat(answer.path("findings")).hasSize(6);
        assertThat(answer.path("findings").get(0).path("aspect").asText()).isEqualTo("libvirt");
        assertThat(answer.path("findings").get(0).path("grade").asText()).isEqualTo("bad");
        assertThat(answer.path("findings").get(0).path("detail").asText()).contains("nobody");
    }

    @Test
    void aFileThatIsNotThereIsWrongUsage() {
        Result result = check();
        assertThat(result.code).isNotZero();
        assertThat(result.out).isEmpty();
        assertThat(result.err).contains("there is no such file");
    }
}
