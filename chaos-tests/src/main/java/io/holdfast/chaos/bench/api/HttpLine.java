package io.holdfast.chaos.bench.api;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One connection to the API that is kept open: as little work as there can be, because the caller shares the processors with what it
 * measures. Understands answers with a length, which is all that are measured. One thread at a time.
 */
public final class HttpLine implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket = new Socket();
    private final String host;
    private final OutputStream out;
    private final InputStream in;

    /** @param headers by their names in lower case */
    public record Answer(int status, Map<String, String> headers, String text) {

        /** @throws IOException when it is a refusal */
        public Answer accepted() throws IOException {
            if (status >= 300) {
                throw new IOException("the controller refuses: " + status + " " + text);
            }
            return this;
        }
    }

    public HttpLine(URI api) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(api.getHost(), api.getPort()), TIMEOUT_MILLIS);
        host = api.getHost() + ":" + api.getPort();
        out = socket.getOutputStream();
        in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
    }

    /** @param token empty for none */
    public Answer send(String method, String path, String token, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(256)
                .append(method)
                .append(' ')
                .append(path)
                .append(" HTTP/1.1\r\nHost: ")
                .append(host)
                .append("\r\nOpenStack-API-Version: compute 2.90\r\n");
        if (!token.isEmpty()) {
            head.append("X-Auth-Token: ").append(token).append("\r\n");
        }
        if (content.length > 0) {
            head.append("Content-Type: application/json\r\n");
        }
        head.append("Content-Length: ").append(content.length).append("\r\n\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[first.length + content.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(content, 0, all, first.length, content.length);
        out.write(all);
        return answer();
    }

    private Answer answer() throws IOException {
        String status = line();
        Map<String, String> headers = new HashMap<>();
        for (String header = line(); !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        String length = headers.get("content-length");
        if (length == null || !status.startsWith("HTTP/1.1 ")) {
            throw new IOException("an answer without a length: " + status);
        }
        byte[] body = in.readNBytes(Integer.parseInt(length));
        return new Answer(Integer.parseInt(status.substring(9, 12)), headers, new String(body, StandardCharsets.UTF_8));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int one = in.read(); one != '\n'; one = in.read()) {
            if (one < 0) {
                throw new IOException("the controller closed the connection");
            }
            if (one != '\r') {
                line.append((char) one);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
