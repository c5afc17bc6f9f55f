package io.holdfast.model;

import java.net.InetAddress;
import java.net.URI;

/** What an address of somebody else's HTTP service must look like. */
public final class ServiceUrl {

    private ServiceUrl() {}

    /**
     * What is asked there, and who asks, crosses the network: readable and changeable, unless it is HTTPS or never leaves this machine.
     *
     * @param key the setting, for the message
     * @param plain whether HTTP to another machine is wanted all the same
     * @param allowed the setting that says so
     * @throws IllegalArgumentException that says what is wrong with it
     */
    public static void require(String key, URI url, boolean plain, String allowed) {
        requireHttp(key, url);
        if ("http".equals(url.getScheme()) && !plain && !isLoopback(url.getHost())) {
            throw new IllegalArgumentException(
                    key + " must begin with https unless it is on this machine or " + allowed + " is true, is " + url);
        }
    }

    /** @throws IllegalArgumentException unless it is a scheme, a host, perhaps a port and a path, and nothing else */
    public static void requireHttp(String key, URI url) {
        if ((!"http".equals(url.getScheme()) && !"https".equals(url.getScheme()))
                || url.getHost() == null
                || url.getUserInfo() != null
                || url.getQuery() != null
                || url.getFragment() != null
                || url.getPath().endsWith("/")) {
            throw new IllegalArgumentException(
                    key + " must be like https://host:port, without a slash at the end, is " + url);
        }
    }

    /** By its address alone: a name means something else elsewhere, and tomorrow. */
    private static boolean isLoopback(String host) {
        String address = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        try {
            return address.matches("[0-9.]+|.*:.*")
                    ? InetAddress.ofLiteral(address).isLoopbackAddress()
                    : address.equals("localhost");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
