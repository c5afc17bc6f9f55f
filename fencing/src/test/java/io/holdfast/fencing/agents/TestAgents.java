package io.holdfast.fencing.agents;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.FencingSettings.Agents.SecretsInArguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The test agents of the resources, put where programs may lie, and a directory in which their moods are files. */
record TestAgents(Path programs, Path moods) {

    static final String PASSWORD = "right '\"$ password";

    private static final List<String> ALL = List.of(
            "metadata.inc",
            "fence_polite",
            "fence_stubborn",
            "fence_forking",
            "fence_flooding",
            "fence_saying",
            "fence_broken",
            "fence_deaf",
            "fence_entities");

    static TestAgents in(Path directory) {
        try {
            Path programs = Files.createDirectory(
                    directory.resolve("agents"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Path moods = Files.createDirectory(directory.resolve("moods"));
            TestAgents agents = new TestAgents(programs, moods);
            for (String each : ALL) {
                agents.install(each, each);
            }
            agents.power(true);
            return agents;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    Path install(String resource, String name) throws IOException {
        Path program = programs.resolve(name);
        try (InputStream in =
                Objects.requireNonNull(TestAgents.class.getResourceAsStream("/agents/" + resource), resource)) {
            Files.copy(in, program);
        }
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    FencingSettings.Agents rules() {
        return new FencingSettings.Agents(List.of(programs), null, null, SecretsInArguments.REFUSE);
    }

    AgentDevice device(String agent) {
        return device(agent, PASSWORD);
    }

    AgentDevice device(String agent, String password) {
        return new FenceAgents(rules())
                .device(
                        "h1",
                        new FencingSettings.Agent(agent, Map.of("dir", moods.toString()), Map.of()),
                        Map.of("password", password));
    }

    void mood(String name, String text) {
        try {
            Files.writeString(moods.resolve(name), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    String told(String name) {
        try {
            return Files.readString(moods.resolve(name));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    void power(boolean on) {
        mood("power", on ? "on\n" : "off\n");
    }

    boolean hasPower() {
        return told("power").startsWith("on");
    }
}
