package io.holdfast.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * One JSON object per line: {@code ts}, {@code level}, {@code logger}, {@code thread}, {@code msg}, {@code fields} (the
 * key-value pairs and the context of the event, if there are any) and {@code exception} (if there is one).
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {

    private final JsonFactory json = new JsonFactory();

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        try (JsonGenerator out = json.createGenerator(line)) {
            out.writeStartObject();
            out.writeStringField("ts", DateTimeFormatter.ISO_INSTANT.format(event.getInstant()));
            out.writeStringField("level", event.getLevel().toString());
            out.writeStringField("logger", event.getLoggerName());
            out.writeStringField("thread", event.getThreadName());
            out.writeStringField("msg", event.getFormattedMessage());
            fields(out, event);
            IThrowableProxy thrown = event.getThrowableProxy();
            if (thrown != null) {
                out.writeStringField("exception", ThrowableProxyUtil.asString(thrown));
            }
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        line.write('\n');
        return line.toByteArray();
    }

    private static void fields(JsonGenerator out, ILoggingEvent event) throws IOException {
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        Map<String, String> context = event.getMDCPropertyMap();
        if ((pairs == null || pairs.isEmpty()) && context.isEmpty()) {
            return;
        }
        out.writeObjectFieldStart("fields");
        for (Map.Entry<String, String> each : context.entrySet()) {
            out.writeStringField(each.getKey(), each.getValue());
        }
        if (pairs != null) {
            for (KeyValuePair pair : pairs) {
                out.writeFieldName(pair.key);
                switch (pair.value) {
                    case null -> out.writeNull();
                    case Integer number -> out.writeNumber(number);
                    case Long number -> out.writeNumber(number);
                    case Double number -> out.writeNumber(number);
                    case Boolean bool -> out.writeBoolean(bool);
                    default -> out.writeString(pair.value.toString());
                }
            }
        }
        out.writeEndObject();
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return "".getBytes(StandardCharsets.UTF_8);
    }
}
