package io.holdfast.server.demo;

import io.holdfast.notifications.sim.WebhookReceiver;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** The owner's receiver as a real HTTP server that checks signatures. */
final class ReceiverInbox implements OwnerInbox {

    private final Vertx vertx;
    private final String secret;
    private final WebhookReceiver receiver;
    private int skip;

    private ReceiverInbox(Vertx vertx, String secret, WebhookReceiver receiver) {
        this.vertx = vertx;
        this.secret = secret;
        this.receiver = receiver;
    }

    static ReceiverInbox on(String address) {
        Vertx vertx = Vertx.vertx();
        String secret = UUID.randomUUID().toString();
        return new ReceiverInbox(vertx, secret, WebhookReceiver.start(vertx, address, 0, secret, Clock.systemUTC()));
    }

    @Override
    public String url() {
        return receiver.url().toString();
    }

    @Override
    public String secret() {
        return secret;
    }

    @Override
    public List<Told> told() {
        return fresh().stream()
                .filter(WebhookReceiver.Received::verified)
                .map(received -> new Told(received.receivedAt(), received.type(), received.subject()))
                .toList();
    }

    @Override
    public int refused() {
        return (int) fresh().stream().filter(received -> !received.verified()).count();
    }

    private List<WebhookReceiver.Received> fresh() {
        List<WebhookReceiver.Received> all = receiver.received();
        return all.subList(Math.min(skip, all.size()), all.size());
    }

    @Override
    public void clear() {
        skip = receiver.received().size();
    }

    @Override
    public void warmUp() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(receiver.url())
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            client.send(request, HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            throw new StoryFailure("the receiver does not receive: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        receiver.close();
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new StoryFailure("the receiver did not stop: " + e.getMessage());
        }
    }
}
