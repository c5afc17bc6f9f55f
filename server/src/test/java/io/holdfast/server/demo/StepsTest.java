package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.secrets.Subprocess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runner of the clients' steps finds what is wrong; whether the steps are right is another test's. */
@Timeout(60)
final class StepsTest {

    private static final Path RUN = Path.of("src/test/clients/run").toAbsolutePath();
    private static final String SAYS =
            "% echo '{\"id\": 7, \"rows\": [{\"N\": \"a\", \"v\": 1}, {\"N\": \"b\", \"v\": 2}], \"t\": \"some text\"}'\n";

    @TempDir
    Path directory;

    private record Said(int code, String text) {}

    private Said run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", RUN.toString()));
        command.addAll(List.of(arguments));
        Path said = directory.resolve("said");
        ProcessBuilder builder = Subprocess.of(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().put("PATH", directory + ":/usr/bin:/bin");
        Process process = builder.start();
        assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), Files.readString(said, StandardCharsets.UTF_8));
    }

    private Said steps(String text) throws Exception {
        return run(
                "--patience",
                "1",
                Files.writeString(directory.resolve("x.steps"), text).toString());
    }

    @Test
    void whatIsTrueIsTrue() throws Exception {
        Said said = steps("# all of them\n" + SAYS + """
                  id: 7
                  rows.length: 2
                  rows[N=b].v: 2
                  rows[0].N: a
                  rows[*].v: [1, 2]
                  rows[*].N has b
                  rows[*].N hasn't c
                  t ~ ^some
                  . has id
                  id -> id
                % echo ${id}
                  text ~ ^7$
                % echo no >&2; exit 3
                  ! no
                % echo x >> waited; wc -l < waited
                  until . ~ 3
                """);
        assertThat(said.text).contains("4 commands, 0 not as they should be");
        assertThat(said.code).isZero();
    }

    @Test
    void eachThingThatIsWrongIsTold() throws Exception {
        for (String wrong : List.of(
                "id: 8",
                "rows.length: 1",
                "rows[N=c].v: 2",
                "rows[2].v: 2",
                "rows[*].N has c",
                "rows[*].N hasn't a",
                "t ~ ^text",
                "nothing: 1",
                "id[*]: 1",
                "until id: 8",
                "id: ${never}",
                "! anything")) {
            Said said = steps(SAYS + "  " + wrong + "\n");
            assertThat(said.code).as(wrong + ": " + said.text).isEqualTo(1);
            assertThat(said.text).as(wrong).contains("x.steps:1").contains("1 commands, 1 not as they should be");
        }
        assertThat(steps("% exit 1\n").text).contains("it failed");
        assertThat(steps("% echo yes; exit 1\n  ! no\n").text).contains("it does not say no, but: yes");
        assertThat(steps("% echo text\n  id: 1\n").text).contains("no JSON: text");
        assertThat(steps("% echo ${x}\n").text).contains("not run: nothing before has set x");
        assertThat(steps("# nothing\n").code).isEqualTo(1);
    }

    @Test
    void whatIsNoStepIsRefused() throws Exception {
        for (String wrong : List.of(
                "echo\n", "  id: 1\n", "% echo\n  nothing\n", "% echo\n  id: 1\n  ! x\n", "% x\n  until id -> x\n")) {
            assertThat(steps(wrong).code).as(wrong).isEqualTo(2);
        }
    }

    @Test
    void aPageThatShowsSomethingElseIsWrong() throws Exception {
        Path holdfast = Files.writeString(directory.resolve("holdfast"), "#!/bin/sh\necho export NAME=ann\n");
        assertThat(holdfast.toFile().setExecutable(true)).isTrue();
        String page = """
                ```
                $ holdfast openrc > openrc && . ./openrc
                $ echo "$NAME"; seq 5
                ann
                1
                …
                5
                $ echo '| a | 192.0.2.7 |'
                | a | 192.…
                ```
                """;
        assertThat(transcript(page).code).isZero();
        for (String wrong : List.of(
                page.replace("\n5\n", "\n6\n"),
                page.replace("| 192.…", "| 193.…"),
                page.replace("seq 5", "seq 5; false"))) {
            Said said = transcript(wrong);
            assertThat(said.text)
                    .contains("3 commands, 1 not as they should be")
                    .contains("and said");
            assertThat(said.code).isEqualTo(1);
        }
        assertThat(transcript("no block\n").code).isEqualTo(2);
    }

    private Said transcript(String page) throws Exception {
        return run(
                "--transcript",
                Files.writeString(directory.resolve("PAGE.md"), page).toString());
    }
}
