package io.holdfast.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Sets up the logs of a process; called once, before anything is logged.
 *
 * <p>A full disk loses log lines and nothing else: the file appender reports it on standard error and goes on.
 */
public final class Logging {

    /** How a line looks. */
    public enum Format {
        /** For people: time, level, logger, message. */
        TEXT,
        /** For collectors: one JSON object per line. */
        JSON
    }

    /**
     * How much is written.
     *
     * <p>{@code INFO} is one line per transition; {@code DEBUG} is for the developers of Holdfast.
     */
    public enum Verbosity {
        ERROR,
        WARN,
        INFO,
        DEBUG;

        private Level level() {
            return switch (this) {
                case ERROR -> Level.ERROR;
                case WARN -> Level.WARN;
                case INFO -> Level.INFO;
                case DEBUG -> Level.DEBUG;
            };
        }
    }

    /**
     * Loggers that write a stack trace for what is normal in our life: an agent that is not there yet, a connection that
     * a power loss cut, a device that does not answer. Our own lines tell of each such thing once, and of its end.
     */
    private static final Map<String, Level> OF_LITTLE_USE = Map.ofEntries(
            Map.entry("org.apache.zookeeper", Level.ERROR),
            Map.entry("org.apache.zookeeper.common", Level.OFF),
            Map.entry("org.apache.zookeeper.ClientCnxnSocketNetty", Level.OFF),
            Map.entry("org.apache.zookeeper.server.NettyServerCnxnFactory", Level.OFF),
            Map.entry("org.apache.curator", Level.ERROR),
            Map.entry("org.apache.curator.ConnectionState", Level.OFF),
            Map.entry("org.jgroups", Level.ERROR),
            Map.entry("io.holdfast.membership.jgroups.SegmentTcp", Level.OFF),
            Map.entry("io.holdfast.membership.jgroups.SegmentPing", Level.ERROR),
            Map.entry("com.zaxxer.hikari", Level.ERROR),
            Map.entry("org.hibernate.orm.session", Level.ERROR),
            Map.entry("io.netty", Level.ERROR));

    /** Eight files of 16 MiB: weeks of transitions, and 128 MiB at the worst beside the process's state. */
    private static final int FILES_KEPT = 7;

    private static final FileSize FILE_SIZE = FileSize.valueOf("16MB");

    private static final String TEXT_LINE =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{36} - %msg%replace( %kvp){'^ $', ''}%n";

    private Logging() {}

    /**
     * Logs to standard error, and to {@code NAME.log} in the directory if there is one.
     *
     * @param directory where the files go (made if missing), or null for none
     * @param name the process's name, the stem of its log files: {@code controller}, {@code agent}
     */
    public static void configure(Format format, Verbosity verbosity, @Nullable Path directory, String name) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(standardError(context, format));
        if (directory != null) {
            root.addAppender(files(context, format, directory, name));
        }
        quietTheLibraries(context, verbosity);
        root.setLevel(verbosity.level());
    }

    /** Nothing is written from now on: for a process whose parts live through failures by the thousand on purpose. */
    public static void silence() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
            context.getLogger("io.holdfast").setLevel(Level.OFF);
        }
    }

    /**
     * Libraries tell at INFO what we tell as transitions, many lines for each; their warnings stay. An operator who
     * asks for debug gets them too.
     */
    static void quietTheLibraries(LoggerContext context, Verbosity verbosity) {
        Level libraries = verbosity == Verbosity.DEBUG ? Level.INFO : Level.WARN;
        for (String prefix : new String[] {"org", "com", "io.netty", "io.vertx", "io.grpc"}) {
            context.getLogger(prefix).setLevel(libraries);
        }
        if (verbosity != Verbosity.DEBUG) {
            OF_LITTLE_USE.forEach((logger, level) -> context.getLogger(logger).setLevel(level));
        }
    }

    static Appender<ILoggingEvent> standardError(LoggerContext context, Format format) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder(context, format));
        appender.start();
        return appender;
    }

    private static Appender<ILoggingEvent> files(LoggerContext context, Format format, Path directory, String name) {
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context);
        appender.setName("file");
        appender.setFile(directory.resolve(name + ".log").toString());
        appender.setEncoder(encoder(context, format));

        FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setMinIndex(1);
        rolling.setMaxIndex(FILES_KEPT);
        rolling.setFileNamePattern(directory.resolve(name + ".%i.log").toString());
        rolling.start();

        SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
        trigger.setContext(context);
        trigger.setMaxFileSize(FILE_SIZE);
        trigger.start();

        appender.setRollingPolicy(rolling);
        appender.setTriggeringPolicy(trigger);
        appender.start();
        return appender;
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, Format format) {
        return switch (format) {
            case JSON -> {
                JsonLines json = new JsonLines();
                json.setContext(context);
                json.start();
                yield json;
            }
            case TEXT -> {
                PatternLayoutEncoder text = new PatternLayoutEncoder();
                text.setContext(context);
                text.setPattern(TEXT_LINE);
                text.start();
                yield text;
            }
        };
    }
}
