package io.holdfast.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class LoggingTest {

    @TempDir
    Path directory;

    @AfterEach
    void restore() throws Exception {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    @Test
    void writesOneJsonObjectPerEventWithFieldsAndException() throws IOException {
        Logging.configure(Logging.Format.JSON, Logging.Verbosity.INFO, directory.resolve("logs"), "controller");
        Logger log = LoggerFactory.getLogger("io.holdfast.test");
        log.atInfo().addKeyValue("case", "c1").addKeyValue("epoch", 7L).log("host {} is fenced\nat last", "h1");
        log.warn("failed", new IllegalStateException("why"));
        log.debug("not written");

        List<String> lines = Files.readAllLines(directory.resolve("logs/controller.log"));
        assertThat(lines).hasSize(2);
        JsonNode first = new ObjectMapper().readTree(lines.getFirst());
        assertThat(first.path("msg").asText()).isEqualTo("host h1 is fenced\nat last");
        assertThat(first.path("level").asText()).isEqualTo("INFO");
        assertThat(first.path("logger").asText()).isEqualTo("io.holdfast.test");
        assertThat(first.path("fields").path("case").asText()).isEqualTo("c1");
        assertThat(first.path("fields").path("epoch").isNumber()).isTrue();
        assertThat(first.path("ts").asText()).endsWith("Z");
        assertThat(new ObjectMapper().readTree(lines.get(1)).path("exception").asText())
                .contains("IllegalStateException: why")
                .contains("LoggingTest");
    }

    @Test
    void writesTextWithItsKeyValuePairs() throws IOException {
        Logging.configure(Logging.Format.TEXT, Logging.Verbosity.INFO, directory, "agent");
        Logger log = LoggerFactory.getLogger("io.holdfast.test");
        log.atInfo().addKeyValue("epoch", 7).log("with");
        log.info("without");
        LoggerFactory.getLogger("org.apache.zookeeper").info("chatter of a library");

        assertThat(Files.readAllLines(directory.resolve("agent.log")))
                .hasSize(2)
                .anyMatch(line -> line.endsWith("io.holdfast.test - with epoch=\"7\""))
                .anyMatch(line -> line.endsWith("io.holdfast.test - without"));
    }
}
