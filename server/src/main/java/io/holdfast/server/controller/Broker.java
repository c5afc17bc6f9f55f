package io.holdfast.server.controller;

import io.holdfast.compute.store.StoredCompute;
import io.holdfast.model.SecretFile;
import io.holdfast.network.store.StoredNetworks;
import io.holdfast.notifications.AmqpSettings;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.amqp.AmqpSink;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Closing;
import java.time.Clock;
import java.util.List;
import java.util.Set;

/** The message broker that facts go to, if the settings name one. */
final class Broker {

    /** What a broker that nobody has configured takes, from the loopback address alone. */
    private static final String GUEST = "guest";

    private Broker() {}

    static void serve(
            NotificationSettings settings,
            Ledger ledger,
            StoredCompute compute,
            StoredNetworks networks,
            Feed feed,
            SecretReader secrets,
            Closing closing) {
        AmqpSettings amqp = settings.amqp();
        // The place of a sink that is not served any more would keep every fact for ever.
        ledger.dropSinksBut(amqp == null ? Set.of() : Set.of(AmqpSink.NAME));
        if (amqp == null) {
            return;
        }
        SecretFile file = amqp.passwordFile();
        AmqpSink sink = closing.add(new AmqpSink(
                ledger,
                new StoredNovaViews(
                        compute.instances()::find,
                        compute.hosts()::find,
                        compute.catalog()::flavor,
                        instance -> networks.portsOf(List.of(instance)).getOrDefault(instance, List.of()),
                        networks::network),
                amqp,
                () -> file == null ? GUEST : secrets.firstLine("notifications.amqp.password-file", file),
                settings.round(),
                Clock.systemUTC()));
        closing.add(feed.listen(null, one -> sink.wake()));
        sink.start();
    }
}
