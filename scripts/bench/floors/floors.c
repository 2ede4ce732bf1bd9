/*
 * What this machine cannot go below, whatever the software: a datagram over loopback to another process and back, and what it costs to encrypt
 * (AES-128-GCM with an IV of its own, as SRTP does: RFC 7714) and send one packet. Prints JSON, in microseconds.
 */
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { packet_bytes = 1200, tag_bytes = 16, header_bytes = 12, round_trips = 5000, batches = 9, batch_packets = 10000 };

static double microseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static int smaller_first(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

static double median(double *values, int count) {
  qsort(values, count, sizeof *values, smaller_first);
  return values[count / 2];
}

static void check(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static int bound(struct sockaddr_in *address) {
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
  socklen_t length = sizeof *address;
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  check(descriptor >= 0 && bind(descriptor, (struct sockaddr *)address, sizeof *address) == 0, "bind");
  getsockname(descriptor, (struct sockaddr *)address, &length);
  return descriptor;
}

/* Another process that takes what comes, and sends it back if it is to. It ends with this one. */
static pid_t receiver(int descriptor, int sends_back) {
  pid_t pid = fork();
  check(pid >= 0, "fork");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  unsigned char packet[2048];
  for (;;) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t bytes = recvfrom(descriptor, packet, sizeof packet, 0, (struct sockaddr *)&from, &length);
    if (bytes > 0 && sends_back) sendto(descriptor, packet, bytes, 0, (struct sockaddr *)&from, length);
  }
}

static double round_trip(void) {
  struct sockaddr_in here, there;
  int mine = bound(&here), theirs = bound(&there);
  struct timeval patience = {1, 0};
  setsockopt(mine, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  pid_t other = receiver(theirs, 1);
  static double times[round_trips];
  unsigned char packet[packet_bytes] = {0};
  for (int turn = 0; turn < round_trips; turn++) {
    double sent = microseconds(CLOCK_MONOTONIC);
    sendto(mine, packet, sizeof packet, 0, (struct sockaddr *)&there, sizeof there);
    check(recv(mine, packet, sizeof packet, 0) == packet_bytes, "recv");
    times[turn] = microseconds(CLOCK_MONOTONIC) - sent;
  }
  kill(other, SIGKILL);
  waitpid(other, NULL, 0);
  return median(times, round_trips);
}

static void encrypt(EVP_CIPHER_CTX *cipher, unsigned char *packet, unsigned sequence) {
  unsigned char iv[12] = {0};
  int bytes, rest;
  memcpy(iv, &sequence, sizeof sequence);
  memcpy(packet + 2, &sequence, 2);
  EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, iv);
  EVP_EncryptUpdate(cipher, NULL, &bytes, packet, header_bytes);
  EVP_EncryptUpdate(cipher, packet + header_bytes, &bytes, packet + header_bytes, packet_bytes - header_bytes);
  check(EVP_EncryptFinal_ex(cipher, packet + packet_bytes, &rest) == 1, "encrypt");
  EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, tag_bytes, packet + packet_bytes);
}

/* CPU time of this process for each packet, that of the kernel for it included. */
static double per_packet(int encrypts, int sends) {
  struct sockaddr_in here, there;
  int mine = bound(&here), theirs = bound(&there);
  pid_t other = receiver(theirs, 0);
  static unsigned char packet[packet_bytes + tag_bytes], key[16];
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  check(EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, key, NULL) == 1, "cipher");
  double times[batches];
  unsigned sequence = 0;
  for (int batch = 0; batch < batches; batch++) {
    double began = microseconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int sent = 0; sent < batch_packets; sent++) {
      if (encrypts) encrypt(cipher, packet, sequence++);
      if (sends) check(sendto(mine, packet, sizeof packet, 0, (struct sockaddr *)&there, sizeof there) == sizeof packet, "sendto");
    }
    times[batch] = (microseconds(CLOCK_PROCESS_CPUTIME_ID) - began) / batch_packets;
  }
  kill(other, SIGKILL);
  waitpid(other, NULL, 0);
  EVP_CIPHER_CTX_free(cipher);
  return median(times, batches);
}

int main(void) {
  printf("{\"udpRoundTripUs\":%.3f,\"encryptPacketUs\":%.3f,\"sendPacketUs\":%.3f,\"encryptAndSendPacketUs\":%.3f}\n",
         round_trip(), per_packet(1, 0), per_packet(0, 1), per_packet(1, 1));
  return 0;
}
