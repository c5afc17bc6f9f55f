package io.holdfast.notifications;

import io.holdfast.model.SecretFile;
import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where facts go as notifications in the form of OpenStack's oslo.messaging.
 *
 * @param url the broker: {@code amqp://user@host:5672/virtual-host}, or {@code amqps://} for TLS with the trust of this
 *     Java; without a password, which is in the file
 * @param passwordFile text file whose first line is the user's password; default: none, which is the broker's
 *     {@code guest}
 * @param exchange the topic exchange, declared when it is not there; 1 to 127 characters, default {@code nova}
 * @param topic first part of the routing key and of the queues' names ({@code versioned_notifications.info},
 *     {@code .warn}, {@code .error}); 1 to 100 characters, default {@code versioned_notifications}
 * @param durable whether exchange and queues outlive a restart of the broker; consumers must declare them alike
 *     (oslo.messaging: {@code amqp_durable_queues}); default true
 */
public record AmqpSettings(URI url, @Nullable SecretFile passwordFile, String exchange, String topic, boolean durable) {

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._:-]{1,127}");
    private static final int TOPIC_MAX = 100;

    public AmqpSettings {
        if (!Set.of("amqp", "amqps").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
            throw new IllegalArgumentException(
                    "notifications.amqp.url must be amqp://user@host:port/virtual-host, is " + withoutUser(url));
        }
        if (url.getUserInfo() != null && url.getUserInfo().contains(":")) {
            throw new IllegalArgumentException(
                    "notifications.amqp.url must not contain a password; name its file in password-file");
        }
        if (!WORD.matcher(exchange).matches()) {
            throw new IllegalArgumentException(
                    "notifications.amqp.exchange must have 1 to 127 letters, digits or ._:-, is '" + exchange + "'");
        }
        if (!WORD.matcher(topic).matches() || topic.length() > TOPIC_MAX) {
            throw new IllegalArgumentException("notifications.amqp.topic must have 1 to " + TOPIC_MAX
                    + " letters, digits or ._:-, is '" + topic + "'");
        }
    }

    public static AmqpSettings defaults() {
        return new AmqpSettings(
                URI.create("amqp://guest@127.0.0.1:5672/"), null, "nova", "versioned_notifications", true);
    }

    private static String withoutUser(URI url) {
        return url.getScheme() + "://" + url.getHost();
    }
}
