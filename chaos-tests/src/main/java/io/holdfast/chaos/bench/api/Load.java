package io.holdfast.chaos.bench.api;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Callers, each with a connection of its own. */
final class Load {

    private final URI api;
    private final int connections;

    Load(URI api, int connections) {
        this.api = api;
        this.connections = connections;
    }

    /** Sends the request of this number and returns its whole answer. */
    @FunctionalInterface
    interface Request {
        HttpLine.Answer send(HttpLine line, int number) throws IOException;
    }

    /**
     * @param times from the moment at which each request was due until its whole answer was there
     * @param accepted answers below 300
     * @param firstRefusal the first other answer, for people; empty when there is none
     * @param nanos from the first request to the last answer
     */
    record Result(Times times, int accepted, int refused, String firstRefusal, long nanos) {

        double perSecond() {
            return accepted / (nanos / 1e9);
        }
    }

    /**
     * So many requests at this rate; or, at rate 0, as fast as they are answered.
     *
     * @throws IOException when a connection breaks
     */
    Result run(int requests, double perSecond, Request request) throws IOException, InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger accepted = new AtomicInteger();
        List<String> refusals = new ArrayList<>();
        Times all = new Times();
        List<HttpLine> lines = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < connections; i++) {
                lines.add(new HttpLine(api));
            }
            long began = System.nanoTime();
            List<Future<Times>> done = new ArrayList<>();
            for (HttpLine line : lines) {
                done.add(callers.submit(() -> {
                    Times mine = new Times();
                    for (int number = next.getAndIncrement(); number < requests; number = next.getAndIncrement()) {
                        long due = perSecond == 0 ? System.nanoTime() : began + (long) (number * 1e9 / perSecond);
                        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                            LockSupport.parkNanos(left);
                        }
                        HttpLine.Answer answer = request.send(line, number);
                        mine.add(System.nanoTime() - due);
                        if (answer.status() < 300) {
                            accepted.incrementAndGet();
                        } else {
                            synchronized (refusals) {
                                refusals.add(answer.status() + " " + answer.text());
                            }
                        }
                    }
                    return mine;
                }));
            }
            for (Future<Times> one : done) {
                all.addAll(result(one));
            }
            return new Result(
                    all,
                    accepted.get(),
                    refusals.size(),
                    refusals.isEmpty() ? "" : refusals.getFirst(),
                    System.nanoTime() - began);
        } finally {
            for (HttpLine line : lines) {
                line.close();
            }
        }
    }

    private static Times result(Future<Times> one) throws IOException, InterruptedException {
        try {
            return one.get();
        } catch (ExecutionException e) {
            throw new IOException("a request could not be sent: " + e.getCause(), e.getCause());
        }
    }
}
