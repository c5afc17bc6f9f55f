package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs of the store at random on one host, and the table that says what they may do. */
class HostStateTest {

    @TempDir
    Path shared;

    private Deployment deployment;
    private int boots;

    @BeforeEach
    void open() {
        deployment = new Deployment(shared);
        deployment.introduce("h1", "boot-0");
    }

    @AfterEach
    void close() throws Exception {
        deployment.close();
    }

    @Test
    void theTableInTheJavadocIsWhatTheStoreDoes() throws IOException {
        Map<String, TreeSet<String>> taken = new TreeMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 400; i++) {
            ComputeHost before = deployment.host("h1");
            String verb = List.of("introduce", "introduce (another boot)", "admit", "condemn", "fenced", "pardon")
                    .get(random.nextInt(6));
            try {
                act(verb, before);
            } catch (ComputeException refused) {
                assertThat(deployment.host("h1").state())
                        .as(verb + " was refused")
                        .isEqualTo(before.state());
            }
            ComputeHost after = deployment.host("h1");
            if (after.state() != before.state()) {
                taken.computeIfAbsent(before.state() + " -> " + after.state(), way -> new TreeSet<>())
                        .add(verb);
            }
            assertThat(after.epoch().compareTo(before.epoch()))
                    .as("an epoch never goes back")
                    .isNotNegative();
            if (after.state() == HostState.CONDEMNED && before.state() != HostState.CONDEMNED) {
                assertThat(after.epoch())
                        .as("condemned is another life")
                        .isEqualTo(before.epoch().next());
            }
            assertThat(after.state() == HostState.FENCED && before.state() != HostState.FENCED)
                    .as("only a proof makes FENCED")
                    .isEqualTo(verb.equals("fenced") && before.state() == HostState.CONDEMNED);
        }
        Map<String, TreeSet<String>> written = new TreeMap<>();
        Pattern row = Pattern.compile("^ \\* ([A-Z]+)\\s+-> ([A-Z]+)\\s+(\\w.*)$");
        for (String line : Files.readAllLines(Path.of("src/main/java/io/holdfast/compute/HostState.java"))) {
            Matcher matcher = row.matcher(line);
            if (matcher.matches()) {
                written.put(
                        matcher.group(1) + " -> " + matcher.group(2),
                        new TreeSet<>(List.of(matcher.group(3).split(", "))));
            }
        }
        assertThat(taken).isEqualTo(written);
    }

    private void act(String verb, ComputeHost host) {
        switch (verb) {
            case "introduce" -> deployment.introduce("h1", String.valueOf(host.bootId()));
            case "introduce (another boot)" -> deployment.introduce("h1", "boot-" + ++boots);
            case "admit" -> assertThat(deployment.admit("h1")).isNotNull();
            case "condemn" -> deployment.condemn("h1");
            case "fenced" ->
                deployment.hosts().fenced(deployment.proof("h1", host.epoch()), deployment.leader(), List.of());
            case "pardon" -> deployment.hosts().pardon(host.id(), deployment.leader(), List.of());
            default -> throw new AssertionError(verb);
        }
    }
}
